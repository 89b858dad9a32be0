// Larger images for a pack, smaller ones to learn from, and how close two sets of images are.
#pragma once
#include <string>

#include "data/pack.h"

namespace mueca {

enum class Resampler { bicubic, lanczos };  // Keys' a = -0.75 over 4 x 4 pixels; windowed sinc over 8 x 8

// Throws Error unless the images are u8 [T, H, W], the factor is 2 to 4 and the sides stay within 1024 pixels.
void check_upscale(const Tensor& images, int factor);
// u8 [T, H, W] -> u8 [T, H * factor, W * factor], edges repeated. Needs OpenCV.
Tensor upscale_images(const Tensor& images, int factor, Resampler how);
// u8 [T, H, W] -> u8 [T, H / factor, W / factor]: means of blocks, rounded; the rest of a division is cut off.
Tensor downscale_images(const Tensor& images, int factor);

// The pack with other pictures of the same rows: labels, splits and votes stay; `step` joins the provenance.
Pack with_images(const Pack& pack, const Tensor& images, const std::string& step);

// Peak signal-to-noise ratio in dB, 10 log10(255^2 / mean squared error over all pixels of all images).
double psnr(const Tensor& images, const Tensor& reference);
// Mean structural similarity (Wang et al. 2004: 11 x 11 Gaussian, sigma 1.5, whole windows only). Needs OpenCV.
double ssim(const Tensor& images, const Tensor& reference);

}  // namespace mueca
